import { http } from '@google-cloud/functions-framework';
import { takeOverBodies } from '../../shared/http/body.ts';
import { standardLog } from '../../shared/log.ts';
import { createRetrainHandler } from './handler.ts';

takeOverBodies();
http('retrain', createRetrainHandler(process.env, standardLog()));
