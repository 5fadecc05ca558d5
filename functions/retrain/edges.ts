/** Applications at the edges of a contract: what real ones seldom are and a proof must not miss. */
import { type Contract, createCheck, isNullable } from '../../shared/portfolio/contract.ts';

type Application = Readonly<Record<string, unknown>>;

/**
 * Variants of a real application, one field changed at a time: NULL or absent where allowed, every category,
 * both ends of every range, texts that no vocabulary knows, times at the turn of day, month and year.
 * Only what the contract allows comes back.
 */
export function edgeApplications(contract: Contract, base: Application): Application[] {
  const check = createCheck(contract, 'lender');
  return Object.keys(contract.properties)
    .flatMap((name) => edgeValues(contract, name).map((value) => ({ ...base, [name]: value })))
    .filter((application) => check(application).ok);
}

function edgeValues(contract: Contract, name: string): unknown[] {
  const field = contract.properties[name]!;
  const none = [
    ...(isNullable(field) ? [null] : []),
    ...(contract.required.includes(name) ? [] : [undefined]),
  ];
  if ('enum' in field) return [...none, ...field.enum];
  if ('minimum' in field) {
    const middle = (field.minimum + field.maximum) / 2;
    const small = [0, 1, -1, Math.trunc(middle)];
    return [...none, field.minimum, field.maximum, ...small];
  }
  if ('format' in field) return [...none, ...(field.format === 'date' ? DATES : TIMES)];
  if ('maxLength' in field) return [...none, '', 'never seen before', 'Ünïcode ÅΩ 🙂', 'x'];
  return [...none, true, false];
}

const DATES = ['1970-01-01', '2000-02-29', '2026-12-31'];

const TIMES = [
  '1970-01-01T00:00:00Z',
  '2024-02-29T23:59:59.999999Z',
  '2026-01-01T00:00:00+14:00',
  '2026-12-31T23:59:59.999Z',
  '2027-01-03T12:00:00Z',
];

/** Applications whose fields come from different real ones: combinations that nobody has seen. */
export function mixedApplications(
  contract: Contract,
  applications: readonly Application[],
  count: number,
): Application[] {
  if (applications.length === 0) return [];
  const names = Object.keys(contract.properties);
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      names.map((name, j) => {
        // A stride prime to most lengths: every field walks the rows in an order of its own.
        const from = (i * 7919 + j * 104_729) % applications.length;
        return [name, applications[from]![name]];
      }),
    ),
  );
}
