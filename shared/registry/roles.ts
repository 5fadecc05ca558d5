/** What a change makes of the roles in force; each refuses what would mean nothing. */
import type { BundleRef } from '../bundle/bundle.ts';
import { AppError } from '../errors.ts';
import type { Deployment } from './deployment.ts';

/** What serves, apart from who made it so. */
export type Roles = Omit<Deployment, 'change' | 'updated_at' | 'updated_by' | 'reason'>;

/** A change that the registry does not allow; nothing was written. */
export const refused = (message: string): AppError => new AppError('refused', 409, message);

/** The version decides for everybody whom no challenger takes; it is nothing else any more. */
export function crown(before: Roles, { version, manifest_sha256 }: BundleRef): Roles {
  const { challenger, shadows } = before;
  return {
    ...before,
    champion: { version, manifest_sha256 },
    challenger: challenger?.version === version ? null : challenger,
    shadows: shadows.filter((shadow) => shadow.version !== version),
  };
}

/** The version decides for a share of the entities; a share of 0 takes the challenger away. */
export function split(before: Roles, challenger: NonNullable<Roles['challenger']>): Roles {
  const { version, share, steps = [] } = challenger;
  if (!before.champion) throw refused('There is no champion to challenge: promote one.');
  if (before.champion.version === version) throw refused(`${version} is the champion itself.`);
  if (share === 0 && steps.length === 0) return withoutChallenger(before);
  return {
    ...before,
    challenger,
    shadows: before.shadows.filter((shadow) => shadow.version !== version),
  };
}

export function withoutChallenger(before: Roles): Roles {
  if (!before.challenger) throw refused('There is no challenger to take away.');
  return { ...before, challenger: null };
}

/** The version is scored beside the others and decides nothing. */
export function shadow(before: Roles, { version, manifest_sha256 }: BundleRef): Roles {
  if (rolesOf(before, version).length > 0) {
    throw refused(`${version} is ${rolesOf(before, version).join(' and ')} already.`);
  }
  return { ...before, shadows: [...before.shadows, { version, manifest_sha256 }] };
}

export function unshadow(before: Roles, version: string): Roles {
  const shadows = before.shadows.filter((shadow) => shadow.version !== version);
  if (shadows.length === before.shadows.length) throw refused(`${version} is no shadow.`);
  return { ...before, shadows };
}

/** The version serves no longer, and may not again. */
export function withdraw(before: Roles, version: string): Roles {
  if (before.champion?.version === version) {
    throw refused(`${version} is the champion: promote another, or roll back, first.`);
  }
  return {
    ...before,
    challenger: before.challenger?.version === version ? null : before.challenger,
    shadows: before.shadows.filter((shadow) => shadow.version !== version),
  };
}

export function kill(before: Roles, on: boolean): Roles {
  if (before.kill_switch === on) throw refused(`The kill switch is ${on ? 'on' : 'off'} already.`);
  return { ...before, kill_switch: on };
}

/** What a version is at the moment: champion, challenger, shadow; often nothing. */
export const rolesOf = (
  { champion, challenger, shadows }: Roles,
  version: string,
): ('champion' | 'challenger' | 'shadow')[] => [
  ...(champion?.version === version ? (['champion'] as const) : []),
  ...(challenger?.version === version ? (['challenger'] as const) : []),
  ...(shadows.some((shadow) => shadow.version === version) ? (['shadow'] as const) : []),
];
