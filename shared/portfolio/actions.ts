/** What is wrong with the fields that a portfolio says a person can change. */
import type { FeatureProgram } from '../features/program.ts';
import { type Contract, scaleOf } from './contract.ts';
import type { Actionable, PortfolioDocument } from './documents.ts';
import { forbiddenOf } from './protected.ts';

/** The parts of a portfolio that know about its fields. */
interface Fields extends PortfolioDocument {
  readonly application: Contract;
  readonly features: FeatureProgram;
  readonly policy_columns: FeatureProgram;
}

/** Beyond, neighbouring multiples of a step may round to one number. */
const MOST_MULTIPLES = 2 ** 50;

/** Every fault of the list `actionable`, by field. */
export function actionFaults(portfolio: Fields): string[] {
  return portfolio.actionable.flatMap((action, i) => {
    const earlier = portfolio.actionable.slice(0, i).some(({ field }) => field === action.field);
    const faults = earlier ? ['which is listed twice'] : fieldFaults(portfolio, action);
    return faults.map((fault) => `portfolio.json: actionable names ${action.field}, ${fault}`);
  });
}

function fieldFaults(portfolio: Fields, action: Actionable): string[] {
  const { application, features, policy_columns, keys } = portfolio;
  const field = application.properties[action.field];
  if (!field) return ['which application.schema.json lacks'];
  const isRead = [...features.features, ...policy_columns.features].some(({ reads }) =>
    reads.includes(action.field),
  );
  const forbidden = forbiddenOf(portfolio).get(action.field);
  return [
    ...(forbidden === undefined ? [] : [forbidden]),
    ...when(Object.values(keys).includes(action.field), 'a key'),
    ...when(field.readOnly === true, 'which is read-only: the lender’s own'),
    ...when(!isRead, 'which no feature and no rule reads'),
    ...scaleFaults(application, action),
  ];
}

function scaleFaults(application: Contract, action: Actionable): string[] {
  const scale = scaleOf(application.properties[action.field]!);
  const { step, minimum, maximum, at_most: other } = action;
  if (!scale) return ['which is a time or open text: only numbers, lists and booleans can change'];
  if (scale.kind === 'list') {
    const isNumeric = [step, minimum, maximum, other].some((setting) => setting !== undefined);
    return when(isNumeric, 'which is no number and can have no step, bounds or at_most');
  }
  const low = minimum ?? scale.minimum;
  const high = maximum ?? scale.maximum;
  const isOutside = low < scale.minimum || high > scale.maximum || low > high;
  const multiples = Math.max(Math.abs(low), Math.abs(high)) / (step ?? 1);
  return [
    ...when(step === undefined && !scale.integer, 'which is no integer and needs a step'),
    ...when(scale.integer && !Number.isInteger(step ?? 1), 'an integer, whose step must be one'),
    ...when(isOutside, `whose bounds must lie within ${scale.minimum} to ${scale.maximum}`),
    ...when(multiples > MOST_MULTIPLES, 'whose step is too small to tell its values apart'),
    ...(other === undefined ? [] : otherFaults(application, other)),
  ];
}

function otherFaults({ properties }: Contract, other: string): string[] {
  const field = properties[other];
  return when(
    !field || scaleOf(field)?.kind !== 'number',
    `at most ${other}, which is no number of application.schema.json`,
  );
}

const when = (isFault: boolean, fault: string): string[] => (isFault ? [fault] : []);
