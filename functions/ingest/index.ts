import { http } from '@google-cloud/functions-framework';
import { takeOverBodies } from '../../shared/http/body.ts';
import { standardLog } from '../../shared/log.ts';
import { createIngestHandler } from './handler.ts';

takeOverBodies();
http('ingest', createIngestHandler(process.env, standardLog()));
