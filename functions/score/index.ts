import '../../shared/interpreted_schemas.ts';
import { endAfterAnswers } from '../../shared/http/ending.ts';
import { serve } from '../../shared/http/lane.ts';
import { standardLog } from '../../shared/log.ts';
import { createScore } from './handler.ts';
import { growLater } from './heap.ts';

endAfterAnswers();
const { handler, warmUp } = createScore(process.env, standardLog());
serve('score', handler);
void warmUp();
growLater(process.env);
