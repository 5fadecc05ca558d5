/** A person's CSV file: which of its rows are applications, and what is wrong with the others. */
import { CsvError, csvRecords } from '../../batch/csv.ts';
import { badRequest } from '../../errors.ts';
import { type Contract, columnType, createCheck, requestSchema } from '../../portfolio/contract.ts';

export interface FileRow {
  /** As they are in the file. */
  readonly cells: readonly string[];
  /** Of the file, from 1 on. */
  readonly line: number;
  /** The application's key; undefined where the row is none. */
  readonly key: string | undefined;
  /** As a checkout would send it; undefined where it would be refused. */
  readonly application: Readonly<Record<string, unknown>> | undefined;
  /** `line 7, amount: is missing`. */
  readonly problems: readonly string[];
}

export interface ApplicationsFile {
  readonly header: readonly string[];
  readonly rows: readonly FileRow[];
}

/**
 * @param key field of the application's key, by which results find their rows
 * @throws {AppError} 400 for a file that is no CSV, or whose columns are not those of the contract
 */
export function readApplications(text: string, contract: Contract, key: string): ApplicationsFile {
  const [first, ...records] = recordsOf(text);
  if (!first) throw badRequest('The file is empty: its first line must name the columns.');
  const header = first.cells.map((name) => name.trim());
  checkHeader(header, contract);
  const check = createCheck(contract, 'checkout');
  const lines = new Map<string, number>();
  const rows = records.map(({ cells, line }): FileRow => {
    if (cells.length !== header.length) {
      const problem = `line ${line}: has ${cells.length} cells, and must have ${header.length}`;
      return { cells, line, key: undefined, application: undefined, problems: [problem] };
    }
    const application = applicationOf(header, cells, contract);
    const result = check(application);
    const problems = result.ok
      ? []
      : result.faults.map(
          ({ pointer, problem }) => `line ${line}, ${pointer.slice(1)}: ${problem}`,
        );
    const id = String(application[key] ?? '');
    const before = lines.get(id);
    if (result.ok && before !== undefined) {
      problems.push(`line ${line}, ${key}: is that of line ${before}`);
    }
    if (before === undefined) lines.set(id, line);
    const isFit = problems.length === 0;
    return {
      cells,
      line,
      key: isFit ? id : undefined,
      application: isFit ? application : undefined,
      problems,
    };
  });
  return { header, rows };
}

function recordsOf(text: string) {
  try {
    return [...csvRecords(text)];
  } catch (error) {
    if (error instanceof CsvError) throw badRequest(`The file is no CSV: ${error.message}.`);
    throw error;
  }
}

/** Every column must be a field: a name that is misspelt would be a value that is missing. */
function checkHeader(header: readonly string[], contract: Contract): void {
  const { properties, required } = requestSchema(contract) as {
    properties: Record<string, unknown>;
    required: readonly string[];
  };
  const faults = [
    ...header
      .filter((name) => !(name in properties))
      .map((name) => `the column ${JSON.stringify(name)} is not in the contract`),
    ...header
      .filter((name, i) => header.indexOf(name) !== i)
      .map((name) => `the column ${name} is there twice`),
    ...required
      .filter((name) => !header.includes(name))
      .map((name) => `the column ${name} is missing`),
  ];
  if (faults.length > 0) throw badRequest(`The first line does not fit: ${faults.join('; ')}.`);
}

/** Cells as the contract's types; one that is empty is null where it may be, and else not there. */
function applicationOf(
  header: readonly string[],
  cells: readonly string[],
  contract: Contract,
): Record<string, unknown> {
  const application: Record<string, unknown> = {};
  header.forEach((name, i) => {
    const text = cells[i]!;
    const field = contract.properties[name]!;
    if (text !== '') application[name] = typed(text, columnType(field));
    else if (contract.required.includes(name) && Array.isArray(field.type))
      application[name] = null;
  });
  return application;
}

/** What is no such value stays text, which the contract then says. */
function typed(text: string, type: string): unknown {
  if (type === 'BOOL') return { true: true, false: false }[text.toLowerCase()] ?? text;
  if (type !== 'INT64' && type !== 'FLOAT64') return text;
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : text;
}
