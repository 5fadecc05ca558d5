/** ASSERT: fails unless its condition is TRUE. */
import { invalidQuery } from '../../../errors.ts';
import type { AssertStatement } from '../parse/statements_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import { expressionEnv } from '../resolve/env.ts';
import { condition } from '../resolve/operators.ts';
import { bytesProcessed } from './bytes.ts';
import { prepare, referencedTables } from './query.ts';
import type { Plan, Runner } from './runner.ts';

export async function planAssert(runner: Runner, statement: AssertStatement): Promise<Plan> {
  const { resolver, context, session } = runner;
  const env = expressionEnv(topLevel(context), undefined, 'ASSERT');
  const expr = condition(resolver.expression(statement.condition, env), 'ASSERT');
  return {
    analysis: {
      statementType: 'ASSERT',
      referencedTables: referencedTables(runner),
      bytesProcessed: await bytesProcessed(session, expr.refs, resolver),
    },
    async run() {
      await prepare(runner);
      const text = `SELECT ${expr.sql}`;
      const [[holds]] = (await session.rows(text, resolver.parameters.bindings(text))) as [
        [boolean | null],
      ];
      if (holds !== true) throw invalidQuery(statement.message ?? 'Assertion failed');
      return {};
    },
  };
}
