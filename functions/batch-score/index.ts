import { endAfterAnswers } from '../../shared/http/ending.ts';
import { serve } from '../../shared/http/lane.ts';
import { standardLog } from '../../shared/log.ts';
import { createBatchScoreHandler } from './handler.ts';

endAfterAnswers();
serve('batch-score', createBatchScoreHandler(process.env, standardLog()));
