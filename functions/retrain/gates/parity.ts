import type { Gate, Manifest } from '../../../shared/bundle/manifest.ts';
import { atMost } from './verdict.ts';

export const parityGate = ({ largest_difference, tolerance, rows }: Manifest['parity']): Gate =>
  atMost(
    'parity',
    largest_difference,
    tolerance,
    'What serves must say what the warehouse says of the same applications.',
    { n: rows },
  );
