import assert from 'node:assert/strict';
import type { Expr, TypeNode } from './ast.ts';
import { parseScript, parseTypeNode } from './parse.ts';

/** The expression of `SELECT …`. */
function expression(sql: string): Expr {
  const { statement } = parseScript(`SELECT ${sql}`);
  assert(statement.kind === 'query' && statement.query.body.kind === 'select');
  const [item, ...rest] = statement.query.body.items;
  assert(item?.kind === 'expr' && rest.length === 0);
  return item.expr;
}

/** An expression with all of its parentheses. */
function shown(node: Expr): string {
  switch (node.kind) {
    case 'literal':
      return node.type === 'STRING' ? `'${node.value}'` : node.value;
    case 'path':
      return node.names.map((name) => name.text).join('.');
    case 'parameter':
      return typeof node.name === 'number' ? `?${node.name}` : `@${node.name}`;
    case 'unary':
      return `(${node.operator} ${shown(node.operand)})`;
    case 'binary':
      return `(${shown(node.left)} ${node.operator} ${shown(node.right)})`;
    case 'is':
      return `(${shown(node.operand)} IS ${node.negated ? 'NOT ' : ''}${node.test})`;
    case 'between':
      return `(${shown(node.operand)} ${node.negated ? 'NOT ' : ''}BETWEEN ${shown(node.low)} AND ${shown(node.high)})`;
    case 'field':
      return `(${shown(node.base)}).${node.name.text}`;
    case 'subscript':
      return `${shown(node.base)}[${node.accessor ?? ''}(${shown(node.index)})]`;
    case 'call':
      return `${node.name.map((n) => n.text).join('.')}(${node.args.map(shown).join(', ')})`;
    default:
      return node.kind;
  }
}

describe('the precedence of operators', () => {
  const CASES: readonly (readonly [string, string])[] = [
    ['1 + 2 * 3', '(1 + (2 * 3))'],
    ['1 - 2 - 3', '((1 - 2) - 3)'],
    ["'a' || 'b' + 1", "(('a' || 'b') + 1)"],
    ['a OR b AND NOT c', '(a OR (b AND (NOT c)))'],
    ['NOT a = b', '(NOT (a = b))'],
    ['a | b ^ c & d << 1 + 2', '(a | (b ^ (c & (d << (1 + 2)))))'],
    ['a < b | c', '(a < (b | c))'],
    ['- a.b[0]', '(- a.b[(0)])'],
    ['~ -a', '(~ (- a))'],
    ['a BETWEEN 1 AND 2 AND b', '((a BETWEEN 1 AND 2) AND b)'],
    ['a NOT BETWEEN 1 AND 2 OR b', '((a NOT BETWEEN 1 AND 2) OR b)'],
    ['a + 1 IS NOT NULL', '((a + 1) IS NOT NULL)'],
    ['a <> b', '(a != b)'],
    ['(a).b.c', 'a.b.c'],
    ['f(a).b', '(f(a)).b'],
    ['xs[OFFSET(1)].y', '(xs[OFFSET(1)]).y'],
    ['net.host(a)', 'net.host(a)'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['1 - -2', '(1 - -2)'],
  ];
  for (const [sql, tree] of CASES) {
    it(`reads ${sql} as ${tree}`, () => assert.equal(shown(expression(sql)), tree));
  }
});

describe('literals', () => {
  const CASES: readonly (readonly [string, string, string])[] = [
    ['"a\'b"', 'STRING', "a'b"],
    ["'a\\n\\t\\x41\\101\\u00e9\\U0001f600\\'\\\\'", 'STRING', "a\n\tAAé😀'\\"],
    ["'''a\n'b' '''", 'STRING', "a\n'b' "],
    ['"""a"b"""', 'STRING', 'a"b'],
    ["r'\\d\\'+'", 'STRING', "\\d\\'+"],
    ["b'\\xff\\x00a'", 'BYTES', '\xff\0a'],
    ["rb'\\x'", 'BYTES', '\\x'],
    ["Br'\\x'", 'BYTES', '\\x'],
    ['0xFF', 'INT64', '0xFF'],
    ['1.5e3', 'FLOAT64', '1.5e3'],
    ['.5', 'FLOAT64', '.5'],
    ['true', 'BOOL', 'TRUE'],
    ['null', 'NULL', 'NULL'],
    ["DATE '2024-02-29'", 'DATE', '2024-02-29'],
    ['timestamp "2024-02-29"', 'TIMESTAMP', '2024-02-29'],
    ["DECIMAL '1.5'", 'NUMERIC', '1.5'],
    ["JSON '[1]'", 'JSON', '[1]'],
  ];
  for (const [sql, type, value] of CASES) {
    it(`reads ${JSON.stringify(sql)} as ${type}`, () => {
      const node = expression(sql);
      assert(node.kind === 'literal');
      assert.deepEqual([node.type, node.value], [type, value]);
    });
  }

  it('takes the name of a type without text behind it for a name', () => {
    assert.equal(shown(expression('date + 1')), '(date + 1)');
    assert.equal(shown(expression('DATE(ts)')), 'DATE(ts)');
  });
});

describe('parameters', () => {
  it('keeps the names of named ones and counts positional ones from left to right', () => {
    assert.equal(shown(expression('@day + @`a b`')), '(@day + @a b)');
    assert.equal(shown(expression('f(?, (?), ? + 1)')), 'f(?0, ?1, (?2 + 1))');
  });

  it('counts each once, however deep in parentheses and queries it stands', () => {
    assert.equal(shown(expression('((? + ?) * ?)')), '((?0 + ?1) * ?2)');
    const { statement } = parseScript('SELECT (((SELECT ?)) + ?), ? FROM (SELECT 1)');
    const names: (string | number)[] = [];
    JSON.stringify(statement, (_, value) => {
      if (value?.kind === 'parameter') names.push(value.name);
      return value;
    });
    assert.deepEqual(names, [0, 1, 2]);
  });
});

describe('parentheses', () => {
  it('hold a query, an expression or a struct, whatever stands inside', () => {
    const kinds = {
      '(SELECT 1)': 'subquery',
      '((SELECT 1))': 'subquery',
      '(((SELECT 1) UNION ALL (SELECT 2)))': 'subquery',
      '((SELECT 1) LIMIT 1)': 'subquery',
      '((SELECT 1) + 1)': 'binary',
      '(((SELECT 1)) + (SELECT 2))': 'binary',
      '((SELECT 1), 2)': 'struct',
      '(WITH a AS (SELECT 1) SELECT * FROM a)': 'subquery',
      '(WITH(a AS 1, a))': 'with',
      '(1)': 'literal',
      'STRUCT<>()': 'struct',
    };
    for (const [sql, kind] of Object.entries(kinds)) assert.equal(expression(sql).kind, kind, sql);
  });
});

describe('types', () => {
  const text = ({ name, parameters, element, fields }: TypeNode): string => {
    if (element) return `${name}<${text(element)}>`;
    const parts = fields.map((f) => `${f.name ? `${f.name.text} ` : ''}${text(f.type)}`);
    if (name === 'STRUCT') return `STRUCT<${parts.join(', ')}>`;
    return parameters.length > 0 ? `${name}(${parameters.join(', ')})` : name;
  };
  for (const sql of [
    'INT64',
    'STRING(10)',
    'NUMERIC(10, 2)',
    'ARRAY<STRUCT<a INT64, ARRAY<STRING>>>',
    'STRUCT<>',
    'STRUCT<STRUCT<a ARRAY<INT64>>>',
    'STRUCT<date DATE, interval INTERVAL>',
  ]) {
    it(`reads ${sql}`, () => {
      const quoted = sql.replace('interval I', '`interval` I');
      assert.equal(text(parseTypeNode(quoted)), sql);
    });
  }

  it('says where a type ends too early', () => {
    assert.throws(
      () => parseTypeNode('ARRAY<INT64'),
      /Expected ">" but got end of script at \[1:12\]/,
    );
  });
});
