import { serve } from '../../shared/http/lane.ts';
import { standardLog } from '../../shared/log.ts';
import { createNotifyHandler } from './handler.ts';

serve('notify', createNotifyHandler(process.env, standardLog()));
