import { http } from '@google-cloud/functions-framework';
import { takeOverRequests } from '../../shared/http/body.ts';
import { standardLog } from '../../shared/log.ts';
import { createIngestHandler } from './handler.ts';

takeOverRequests();
http('ingest', createIngestHandler(process.env, standardLog()));
