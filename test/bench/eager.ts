/** The decision service with every Google client loaded before it, as functions are often written. */
import '@google-cloud/bigquery';
import '@google-cloud/pubsub';
import '@google-cloud/scheduler';
import '@google-cloud/storage';
import '../../functions/score/index.ts';
