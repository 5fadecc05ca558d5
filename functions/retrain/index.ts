import { http } from '@google-cloud/functions-framework';
import { takeOverRequests } from '../../shared/http/body.ts';
import { standardLog } from '../../shared/log.ts';
import { createRetrainHandler } from './handler.ts';

takeOverRequests();
http('retrain', createRetrainHandler(process.env, standardLog()));
