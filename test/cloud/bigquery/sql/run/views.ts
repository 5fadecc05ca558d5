/** CREATE VIEW. */
import type { TableEntry } from '../../ports.ts';
import type { Field } from '../../types.ts';
import type { CreateViewStatement } from '../parse/statements_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import { queryError } from '../resolve/errors.ts';
import { outputFields } from '../resolve/output.ts';
import { NO_REFS } from '../resolve/typed.ts';
import { checkNames } from './columns.ts';
import { creationOf, ddlPlan, ifExists, refOf, withoutNulls } from './ddl.ts';
import { optionProperties, readOptions, TABLE_OPTIONS } from './options.ts';
import type { Plan, Runner } from './runner.ts';

export async function planCreateView(
  runner: Runner,
  statement: CreateViewStatement,
): Promise<Plan> {
  const { resolver, context, catalog } = runner;
  if (context.parameters.length > 0 && /[@?]/.test(statement.text)) {
    throw queryError('Query parameters cannot be used in the body of a view', statement.at);
  }
  const ref = refOf(runner, statement.target);
  const ddl = creationOf(runner, ref, statement);
  // A view is resolved where it is at home: without the default dataset of this query.
  const home = { ...topLevel(context).home, datasetId: undefined };
  const query = resolver.query(statement.query, { outer: undefined, ctes: undefined, home });
  const fields = viewFields(
    runner,
    statement,
    outputFields(query, statement.columns.length > 0 ? undefined : 'CREATE VIEW'),
  );
  checkNames(fields);
  const options = withoutNulls(
    optionProperties(readOptions(runner, statement.options, TABLE_OPTIONS)),
  );
  const entry: TableEntry = { ref, kind: 'VIEW', fields, viewQuery: statement.text, options };
  return ddlPlan(runner, 'CREATE_VIEW', ddl, NO_REFS, () =>
    catalog.createTable(entry, ifExists(statement)),
  );
}

function viewFields(
  runner: Runner,
  { columns, at }: CreateViewStatement,
  fields: readonly Field[],
): readonly Field[] {
  if (columns.length === 0) return fields;
  if (columns.length !== fields.length) {
    throw queryError(
      `View has ${columns.length} columns in its column list, but its query gives ${fields.length}`,
      at,
    );
  }
  return columns.map(({ name, options }, i) => {
    const description = readOptions(runner, options, ['description']).get('description');
    const described = description === undefined ? {} : { description: String(description) };
    return { name: name.text, type: fields[i]!.type, ...described };
  });
}
