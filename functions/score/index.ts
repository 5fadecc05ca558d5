import { http } from '@google-cloud/functions-framework';
import { takeOverRequests } from '../../shared/http/body.ts';
import { standardLog } from '../../shared/log.ts';
import { createScoreHandler } from './handler.ts';

takeOverRequests();
http('score', createScoreHandler(process.env, standardLog()));
