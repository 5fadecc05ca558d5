/** The versions of a policy, and which of them is in force. */
import { createHash } from 'node:crypto';
import type { FeatureProgram } from '../features/program.ts';
import type { PolicyDocument } from './document.ts';
import { compilePolicy, type Policy } from './policy.ts';

export interface PolicyInForce extends Policy {
  /** Of all that can change a verdict: this version and the program of `policy.sql`. */
  readonly sha256: string;
}

export interface Policies {
  /** The latest that has begun; before all of them, the first: somebody's policy always holds. */
  at(moment: Date): PolicyInForce;
}

/** Compiles every version once. @throws {Error} naming a column that the program lacks */
export function createPolicies({ versions }: PolicyDocument, program: FeatureProgram): Policies {
  const policies = versions.map((version) => ({
    from: Date.parse(version.effective_from),
    policy: {
      ...compilePolicy(version, program),
      sha256: createHash('sha256')
        .update(JSON.stringify([version, program]))
        .digest('hex'),
    },
  }));
  return {
    at(moment) {
      const time = moment.getTime();
      for (let i = policies.length - 1; i > 0; i--) {
        if (policies[i]!.from <= time) return policies[i]!.policy;
      }
      return policies[0]!.policy;
    },
  };
}
