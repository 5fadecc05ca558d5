/** What nobody may be judged by, and who uses it all the same. */
import type { FeatureProgram } from '../features/program.ts';
import type { PortfolioDocument } from './documents.ts';

/** The programs that judge an application, by the file that they are compiled from. */
export type Judging = Readonly<Record<string, FeatureProgram>>;

/** Protected attributes and what stands in for them, each with what it is. */
export const forbiddenOf = ({
  protected_attributes,
  proxies,
}: Pick<PortfolioDocument, 'protected_attributes' | 'proxies'>): Map<string, string> =>
  new Map([
    ...proxies.map(({ field, stands_for }) => [field, `a stand-in for ${stands_for}`] as const),
    ...protected_attributes.map((field) => [field, 'a protected attribute'] as const),
  ]);

/**
 * Every feature, rule, segment and figure that depends on what is forbidden, however indirectly:
 * `reads` is the lineage that the compiler proved.
 */
export const protectedFaults = (
  document: Pick<PortfolioDocument, 'protected_attributes' | 'proxies'>,
  programs: Judging,
): string[] =>
  [...forbiddenOf(document)].flatMap(([column, what]) =>
    Object.entries(programs).flatMap(([file, { features }]) =>
      features
        .filter(({ reads }) => reads.includes(column))
        .map(({ name }) => `${file}: ${name} reads ${column}, ${what}`),
    ),
  );
