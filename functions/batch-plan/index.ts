import { serve } from '../../shared/http/lane.ts';
import { standardLog } from '../../shared/log.ts';
import { createBatchPlanHandler } from './handler.ts';

serve('batch-plan', createBatchPlanHandler(process.env, standardLog()));
