import { invalidQuery } from '../../errors.ts';
import type { FitIteration, FitRequest } from '../linear/fit.ts';
import { fitInWorker } from '../linear/fit_in_worker.ts';
import { linearModel } from '../linear/linear_model.ts';
import type { LossName } from '../linear/losses.ts';
import type { Examples } from '../linear/objective.ts';
import { type CategoryEncoding, designOf, type Term, termOf } from '../linear/terms.ts';
import type { Body } from '../model/model.ts';
import type { Settings } from '../options/settings.ts';
import type { Rows, TrainingData } from './data.ts';
import type { Watch } from './watch.ts';

/** The documented limit of CALCULATE_P_VALUES on the total cardinality of the features. */
const MOST_WEIGHTS_WITH_P_VALUES = 1000;

/** Trains LOGISTIC_REG and LINEAR_REG to the optimum of their penalised loss. */
export async function trainLinear(
  settings: Settings,
  data: TrainingData,
  watch: Watch,
): Promise<Body> {
  const intercept = settings.flag('FIT_INTERCEPT');
  const encoding = settings.text('CATEGORY_ENCODING_METHOD') as CategoryEncoding;
  const terms = data.features.map((feature) => termOf(feature, encoding, intercept));
  refuseInfinity(data);
  const standardErrors = settings.flag('CALCULATE_P_VALUES');
  const classCount = data.label.classes?.length ?? 0;
  if (standardErrors) checkPValues(terms, classCount);

  const examples = (rows: Rows): Examples => ({
    design: designOf(data.features, terms, rows.coded, intercept),
    targets: rows.targets,
    ...(rows.weights ? { weights: rows.weights } : {}),
  });
  const [l1, l2] = [settings.number('L1_REG'), settings.number('L2_REG')];
  const request: FitRequest = {
    training: examples(data.training),
    ...(data.evaluation ? { evaluation: examples(data.evaluation) } : {}),
    loss: lossFor(classCount),
    classCount,
    l1,
    l2,
    maxIterations: settings.number('MAX_ITERATIONS'),
    earlyStop: settings.flag('EARLY_STOP'),
    minRelProgress: settings.number('MIN_REL_PROGRESS'),
    standardErrors,
  };
  const fitted = await fitInWorker(request, timed(watch));
  if (standardErrors && !fitted.standardErrors) {
    throw invalidQuery(
      'P-values cannot be calculated: some features are linear combinations of others. Remove one of them, or set L2_REG.',
    );
  }
  return { kind: 'linear', linear: linearModel(terms, fitted, intercept, l1 > 0 || l2 > 0) };
}

/** A watch that is told how long each iteration took. */
function timed({ signal, now, onIteration }: Watch) {
  let before = now();
  return {
    signal,
    onIteration: (iteration: FitIteration) => {
      const after = now();
      onIteration({ ...iteration, durationMs: after - before });
      before = after;
    },
  };
}

const lossFor = (classCount: number): LossName =>
  classCount === 0 ? 'squared' : classCount === 2 ? 'logistic' : 'softmax';

function refuseInfinity(data: TrainingData): void {
  for (const feature of data.features) {
    if (feature.kind !== 'numeric') continue;
    if (Math.abs(feature.min) === Infinity || Math.abs(feature.max) === Infinity) {
      throw invalidQuery(`The feature ${feature.name} contains infinite values.`);
    }
  }
}

function checkPValues(terms: readonly Term[], classCount: number): void {
  if (classCount > 2) {
    throw invalidQuery('CALCULATE_P_VALUES is not supported for multiclass logistic regression.');
  }
  const width = terms.reduce((sum, term) => sum + (term.kind === 'numeric' ? 1 : term.width), 0);
  if (width >= MOST_WEIGHTS_WITH_P_VALUES) {
    throw invalidQuery(
      `CALCULATE_P_VALUES needs a total cardinality of the features below ${MOST_WEIGHTS_WITH_P_VALUES}, but it is ${width}.`,
    );
  }
}
