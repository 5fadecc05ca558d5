import { serve } from '../../shared/http/lane.ts';
import { standardLog } from '../../shared/log.ts';
import { createIngestHandler } from './handler.ts';

serve('ingest', createIngestHandler(process.env, standardLog()));
