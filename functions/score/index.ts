import { http } from '@google-cloud/functions-framework';
import { takeOverBodies } from '../../shared/http/body.ts';
import { standardLog } from '../../shared/log.ts';
import { createScoreHandler } from './handler.ts';

takeOverBodies();
http('score', createScoreHandler(process.env, standardLog()));
