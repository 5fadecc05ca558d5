import { serve } from '../../shared/http/lane.ts';
import { standardLog } from '../../shared/log.ts';
import { createRetrainHandler } from './handler.ts';

serve('retrain', createRetrainHandler(process.env, standardLog()));
