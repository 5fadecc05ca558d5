import { serve } from '../../shared/http/lane.ts';
import { standardLog } from '../../shared/log.ts';
import { createScoreHandler } from './handler.ts';

serve('score', createScoreHandler(process.env, standardLog()));
