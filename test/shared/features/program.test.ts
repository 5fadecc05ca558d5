import assert from 'node:assert/strict';
import {
  compileFeatures,
  type InputField,
  ProgramError,
} from '../../../shared/features/compile.ts';
import { createEvaluator } from '../../../shared/features/evaluate.ts';
import { type FeatureProgram, featureProgramSchema } from '../../../shared/features/program.ts';

const INPUTS: readonly InputField[] = [
  { name: 'id', type: 'STRING', nullable: false, maxLength: 64 },
  { name: 'amount', type: 'FLOAT64', nullable: false, minimum: 1, maximum: 1000 },
  { name: 'late', type: 'INT64', nullable: true, minimum: 0, maximum: 9 },
];

const compile = (sql: string) => compileFeatures(sql, INPUTS);

describe('a compiled program', () => {
  it('says of each feature its type, bounds, NULLs, source text and inputs', () => {
    const sql = `-- what a model reads
      WITH seen AS (SELECT * REPLACE (IFNULL(late, 0) AS late), late IS NULL AS is_new FROM input)
      SELECT s.amount, (late + 1) / 2 AS \`half\`, is_new, LOWER(id) AS id FROM seen AS s`;
    const [amount, half, isNew, id] = compile(sql).features.map(({ node, ...said }) => said);
    assert.deepEqual(amount, {
      name: 'amount',
      type: 'FLOAT64',
      nullable: false,
      minimum: 1,
      maximum: 1000,
      reads: ['amount'],
      sql: 's.amount',
    });
    assert.deepEqual(half, {
      name: 'half',
      type: 'FLOAT64',
      nullable: false,
      minimum: 0.5,
      maximum: 5,
      reads: ['late'],
      sql: '(late + 1) / 2',
    });
    assert.deepEqual([isNew?.type, isNew?.nullable, isNew?.reads], ['BOOL', false, ['late']]);
    assert.deepEqual([id?.type, id?.minimum, id?.maximum], ['STRING', undefined, undefined]);
  });

  it('holds what features depend on and nothing else', () => {
    const program = compile(
      'WITH a AS (SELECT *, LENGTH(id) AS dead FROM input), b AS (SELECT 1 AS x FROM a) SELECT late FROM a',
    );
    assert.deepEqual(program.nodes, [{ input: 'late' }]);
    assert.deepEqual(program.inputs, [INPUTS[2]]);
  });

  it('computes what several features share once', () => {
    const program = compile(`WITH a AS (SELECT *, amount * 2 AS twice FROM input)
      SELECT twice, amount * 2 + 1 AS f, Amount * 2 + 1 AS g, IF(twice > 5, amount * 2, 0) AS h FROM a`);
    const products = program.nodes.filter((node) => 'op' in node && node.op === 'multiply');
    assert.equal(products.length, 1);
    assert.equal(program.features[1]?.node, program.features[2]?.node);
  });

  it('has constants where there is nothing to compute', () => {
    const program = compile("SELECT 1 + 2 * 3 AS f, CONCAT('a', 'b') AS g, NULL AS h FROM input");
    assert.deepEqual(program.nodes, [
      { type: 'INT64', value: 7 },
      { type: 'STRING', value: 'ab' },
      { type: 'INT64', value: null },
    ]);
    assert.deepEqual(program.inputs, []);
  });

  it('keeps the sign of a zero that JSON would lose', () => {
    const program = compile('SELECT -0.0 AS f FROM input');
    const { f } = createEvaluator(JSON.parse(JSON.stringify(program))).record({});
    assert.ok(Object.is(f, -0));
  });

  it('finds names in any case, and features keep theirs', () => {
    const program = compile(
      'with A as (select * from INPUT) select AMOUNT as Amount, a.Late from a',
    );
    assert.deepEqual(
      program.features.map(({ name }) => name),
      ['Amount', 'Late'],
    );
  });

  it('takes * with EXCEPT, REPLACE and a table name, aliases without AS and a last comma', () => {
    const program = compile(`WITH a AS (
        SELECT i.* EXCEPT (id) REPLACE (amount + 1 AS amount, 0 AS late), late AS old, FROM input i
      ), b AS (SELECT *, amount + old total FROM a) SELECT amount, b.late, old, total, FROM b`);
    const row = { id: 'x', amount: 2, late: 3 };
    assert.deepEqual(createEvaluator(program).record(row), {
      amount: 3,
      late: 0,
      old: 3,
      total: 6,
    });
  });

  it('cannot see an alias of its own list', () => {
    const program = compile(
      'WITH a AS (SELECT * REPLACE (amount * 2 AS amount), amount AS once FROM input) SELECT amount, once FROM a',
    );
    const { amount, once } = createEvaluator(program).record({ id: 'x', amount: 5, late: null });
    assert.deepEqual([amount, once], [10, 5]);
  });
});

describe('a program from outside', () => {
  const good = compile('SELECT amount / 2 AS f, IFNULL(late, 0) AS g FROM input');
  const changed = (change: object): unknown => ({ ...structuredClone(good), ...change });
  const halve = { op: 'divide', args: [0, 2] };
  const nodesWith = (...more: unknown[]) => ({ nodes: [...good.nodes, ...more] });
  const firstFeature = (change: object) => ({
    features: [{ ...good.features[0], ...change }, ...good.features.slice(1)],
  });

  it('runs when nothing was changed', () => {
    const program = featureProgramSchema.parse(changed({}));
    assert.deepEqual(createEvaluator(program).record({ amount: 5 }), { f: 2.5, g: 0 });
  });

  const malformed: [what: string, change: object][] = [
    ['another version', { version: 2 }],
    ['a key too many', { extra: 1 }],
    ['no nodes', { nodes: undefined }],
    ['a node of no kind', nodesWith({ args: [0] })],
    ['a node of two kinds', nodesWith({ input: 'amount', op: 'abs', args: [0] })],
    ['an argument that is no place', nodesWith({ op: 'abs', args: [-1] })],
    ['an argument between places', nodesWith({ op: 'abs', args: [0.5] })],
    ['four arguments', nodesWith({ op: 'if', args: [0, 0, 0, 0] })],
    ['a constant that is no value', nodesWith({ type: 'INT64', value: {} })],
    ['an infinite constant', nodesWith({ type: 'FLOAT64', value: Infinity })],
    ['too many nodes', { nodes: new Array(10_001).fill({ input: 'amount' }) }],
    ['a text too long', nodesWith({ type: 'STRING', value: 'x'.repeat(10_001) })],
    ['a feature that is a time', firstFeature({ type: 'TIMESTAMP' })],
  ];
  for (const [what, change] of malformed) {
    it(`is refused by its form for ${what}`, () => {
      assert.equal(featureProgramSchema.safeParse(changed(change)).success, false);
    });
  }

  const meaningless: [what: string, change: object, problem: RegExp][] = [
    ['an unknown instruction', nodesWith({ op: 'exec', args: [0] }), /no instruction exec/],
    ['a name of every object', nodesWith({ op: 'constructor', args: [0] }), /no instruction/],
    ['a cycle', nodesWith({ op: 'abs', args: [good.nodes.length] }), /not before it/],
    ['a later node', { nodes: [halve, ...good.nodes] }, /Node 0: .*not before it/],
    ['no arguments', nodesWith({ op: 'abs', args: [] }), /No matching signature/],
    [
      'wrong types',
      nodesWith({ op: 'concat', args: [0, 0] }),
      /for argument types: FLOAT64, FLOAT64/,
    ],
    [
      'a setting of another',
      nodesWith({ op: 'abs', args: [0], settings: [1] }),
      /takes no settings/,
    ],
    [
      'a part that is none',
      nodesWith({ op: 'extract', args: [0], settings: ['DAY'] }),
      /signature/,
    ],
    ['a list of another type', nodesWith({ op: 'in', args: [0], settings: ['a'] }), /of that type/],
    ['an unknown input', nodesWith({ input: 'other' }), /no input other/],
    ['a date that is none', nodesWith({ type: 'DATE', value: 9e9 }), /no exact DATE/],
    ['an integer that is none', nodesWith({ type: 'INT64', value: 0.5 }), /no exact INT64/],
    ['half a character', nodesWith({ type: 'STRING', value: '\ud800' }), /no exact STRING/],
    ['a division by zero', nodesWith({ op: 'divide', args: [0, 1] }), /may divide by zero/],
    [
      'wider inputs than were proven',
      { inputs: good.inputs.map((field) => ({ ...field, maximum: 1e308 })) },
      /Node|Feature|Input/,
    ],
    ['a feature beyond the nodes', firstFeature({ node: 99 }), /no node 99/],
    ['another type', firstFeature({ type: 'INT64' }), /Feature f: .*not what the program says/],
    ['another bound', firstFeature({ maximum: 1 }), /not what the program says/],
    ['another lineage', firstFeature({ reads: [] }), /not what the program says/],
    ['NULLs denied', firstFeature({ nullable: true }), /not what the program says/],
    ['two features of a name', firstFeature({ name: 'G' }), /Feature g is there twice/],
    ['two inputs of a name', { inputs: [...good.inputs, ...good.inputs] }, /there twice/],
  ];
  for (const [what, change, problem] of meaningless) {
    it(`is refused by its meaning for ${what}`, () => {
      const program: FeatureProgram = featureProgramSchema.parse(changed(change));
      assert.throws(
        () => createEvaluator(program),
        (error) => error instanceof ProgramError && problem.test(error.message),
      );
    });
  }
});
