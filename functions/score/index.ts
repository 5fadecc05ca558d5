import { endAfterAnswers } from '../../shared/http/ending.ts';
import { serve } from '../../shared/http/lane.ts';
import { standardLog } from '../../shared/log.ts';
import { createScoreHandler } from './handler.ts';

endAfterAnswers();
serve('score', createScoreHandler(process.env, standardLog()));
