import { serve } from '../../shared/http/lane.ts';
import { standardLog } from '../../shared/log.ts';
import { createDriftHandler } from './handler.ts';

serve('drift', createDriftHandler(process.env, standardLog()));
