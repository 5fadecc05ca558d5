import * as z from 'zod';
import type { UnknownCategory } from '../../../shared/bridge/encoding.ts';
import { MODEL_FILE, sha256 } from '../../../shared/bundle/bundle.ts';
import { AppError } from '../../../shared/errors.ts';
import { restoreCalibration } from '../calibrate.ts';
import type { Context } from '../context.ts';
import { type Converted, convert } from '../convert.ts';
import type { Member } from '../members.ts';
import type { Plan } from '../plan.ts';
import type { Evaluation } from './evaluate.ts';
import type { Step } from './step.ts';

/** An ONNX file that may serve, by its hash: with the export and the calibration it can be made again. */
const attempt = z.strictObject({
  unknown: z.enum(['missing', 'null_filler']),
  bytes: z.int(),
  sha256: z.string(),
});

export type Attempt = z.infer<typeof attempt>;

/** Conversions of one call, by what unknown categories become; each is done once. */
export type Conversions = (unknown: UnknownCategory) => Promise<Converted>;

export function createConversions(
  context: Context,
  plan: Plan,
  members: readonly Member[],
  { calibration }: Evaluation,
): Conversions {
  const curve = restoreCalibration(calibration);
  const done = new Map<UnknownCategory, Promise<Converted>>();
  return (unknown) => {
    const converted = done.get(unknown) ?? convert(context, plan, members, curve, unknown);
    done.set(unknown, converted);
    return converted;
  };
}

/**
 * The conversion that an attempt was.
 * @throws {AppError} where the same export becomes another file by now: the code is another one
 */
export async function repeatAttempt(
  conversions: Conversions,
  { unknown, sha256: expected }: Attempt,
): Promise<Converted> {
  const converted = await conversions(unknown);
  const found = sha256(converted.files.get(MODEL_FILE)!);
  if (found === expected) return converted;
  throw new AppError(
    'conversion_changed',
    422,
    `The model converts to ${found}; when the run began to it was ${expected}. ` +
      'The function was changed in the middle of the run: retrain as of another time.',
  );
}

/**
 * Exports the model and writes it as ONNX. The documentation and the exported predictor disagree on
 * what an unknown category becomes: where there are any, both forms are made.
 */
export const convertStep: Step<Conversions, Attempt[]> = {
  name: 'convert',
  result: z.array(attempt).min(1),
  async run(_context, _plan, conversions) {
    const { inputs } = await conversions('missing');
    const textual = inputs.some(({ kind }) => kind !== 'number');
    const forms: UnknownCategory[] = textual ? ['missing', 'null_filler'] : ['missing'];
    return Promise.all(
      forms.map(async (unknown) => {
        const model = (await conversions(unknown)).files.get(MODEL_FILE)!;
        return { unknown, bytes: model.length, sha256: sha256(model) };
      }),
    );
  },
};
