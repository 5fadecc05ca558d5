import type { Gate, Manifest, Metrics } from '../../../shared/bundle/manifest.ts';
import type { Findings } from '../../../shared/card/findings.ts';
import type { PortfolioDocument } from '../../../shared/portfolio/documents.ts';
import { calibrationGates } from './calibration.ts';
import { championGate } from './champion.ts';
import { discriminationGates } from './discrimination.ts';
import { fairnessGates } from './fairness.ts';
import { footprintGates } from './footprint.ts';
import { monotoneGates } from './monotone.ts';
import { parityGate } from './parity.ts';
import { reasonsGates } from './reasons.ts';
import { referenceGates } from './reference.ts';
import { stabilityGates } from './stability.ts';

/** The checks that a candidate must pass before it may serve; each says what it found and why it is asked. */
export const judgeGates = (
  portfolio: Pick<PortfolioDocument, 'gates'>,
  metrics: Metrics,
  parity: Manifest['parity'],
  findings: Findings,
): Gate[] => [
  parityGate(parity),
  ...discriminationGates(portfolio, metrics, findings.intervals),
  ...calibrationGates(portfolio, metrics, findings.line, findings.intervals.rows),
  ...monotoneGates(portfolio, findings.reversals),
  ...referenceGates(findings.approved),
  ...reasonsGates(portfolio, findings.coverage),
  ...fairnessGates(portfolio, findings.screens),
  ...stabilityGates(portfolio, findings.shifts),
  ...footprintGates(portfolio, findings.footprint),
  championGate(portfolio, findings.comparison),
];
