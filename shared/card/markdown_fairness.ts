import type { Card } from './document.ts';
import type { Screen } from './findings.ts';
import { count, figure, percent, table } from './markdown_text.ts';

/** Who is approved, group by group; where nothing is known of groups, that. */
export function fairnessSection({ fairness }: Card): string {
  const { screens, protected_attributes, proxies, adverse_impact_ratio_at_least: limit } = fairness;
  const forbidden = [
    ...protected_attributes,
    ...proxies.map(({ field, stands_for }) => `${field} (for ${stands_for})`),
  ];
  const unread =
    forbidden.length === 0
      ? ''
      : `Neither a feature nor a rule reads ${forbidden.join(', ')}; the compiler proved it.`;
  const scope = `Approval by the probability of default, at the cut-offs in force. A ratio below ${figure(limit)} that chance does not explain refuses the version: a screen, not a finding of law.`;
  return [
    '## Fairness',
    ...(unread === '' ? [] : [unread]),
    ...(screens === null
      ? ['Not kept of versions of this age.']
      : screens.length === 0
        ? [
            'The portfolio names no protected attribute: whether groups fare alike is not measurable.',
          ]
        : [scope, ...screens.map(screenText)]),
  ].join('\n\n');
}

function screenText({ attribute, groups, reference, unknown, why }: Screen): string {
  const rows = groups.map((one) => [
    one.group === reference ? `${one.group} (reference)` : one.group,
    count(one.applications),
    percent(one.approved / one.applications),
    one.ratio === null ? '' : figure(one.ratio),
    one.p_value === null ? '' : figure(one.p_value),
    percent(one.mean_pd),
    percent(one.bad / one.applications),
    figure(one.standardised_difference),
  ]);
  const titles = [
    attribute,
    'applications',
    'approved',
    'ratio',
    'p',
    'mean PD',
    'bad rate',
    'PD apart, in deviations',
  ];
  return [
    why ? `${why}.` : table(titles, rows),
    ...(reference === null && !why ? ['Too few in its groups: not measurable.'] : []),
    ...(unknown > 0 ? [`Of ${count(unknown)} applications ${attribute} is not known.`] : []),
  ].join('\n\n');
}
