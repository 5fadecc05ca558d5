import assert from 'node:assert/strict';
import { parseOptions, type StartOptions, USAGE, UsageError } from './options.ts';

const TODAY = '2026-11-21';
const PORTFOLIOS = ['bnpl', 'cards'];

const DEFAULTS: StartOptions = {
  once: false,
  portfolio: 'bnpl',
  data: undefined,
  days: 90,
  until: TODAY,
  dailyVolume: 2100,
  seed: 7,
  checkouts: 2000,
  directory: '.flit',
  keep: false,
  port: 8080,
};

const parse = (line: string) => parseOptions(line === '' ? [] : line.split(' '), TODAY, PORTFOLIOS);

const refuses = (args: string | readonly string[], message: string) =>
  assert.throws(
    () => parseOptions(typeof args === 'string' ? args.split(' ') : args, TODAY, PORTFOLIOS),
    (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.message, message);
      return true;
    },
  );

describe('the options of npm start', () => {
  it('have defaults', () => {
    assert.deepEqual(parse(''), DEFAULTS);
  });

  it('are each taken', () => {
    for (const [line, changed] of [
      ['--once', { once: true }],
      ['--portfolio bnpl', {}],
      ['--portfolio cards --data a.csv', { portfolio: 'cards', data: 'a.csv' }],
      ['--days 60', { days: 60 }],
      ['--days=730', { days: 730 }],
      ['--until 2028-02-29', { until: '2028-02-29' }],
      ['--volume 100', { dailyVolume: 100 }],
      ['--volume 20000', { dailyVolume: 20_000 }],
      ['--seed 0', { seed: 0 }],
      ['--checkouts 1', { checkouts: 1 }],
      ['--directory /tmp/x', { directory: '/tmp/x' }],
      ['--keep', { keep: true }],
      ['--port 65535', { port: 65_535 }],
      ['--days 70 --days 80', { days: 80 }],
    ] as const) {
      assert.deepEqual(parse(line), { ...DEFAULTS, ...changed }, line);
    }
  });

  it('end in the usage where that is asked for, whatever else is', () => {
    assert.equal(parse('--help'), 'help');
    assert.equal(parse('--portfolio nope --help'), 'help');
  });

  it('are all in the usage, with their true defaults and limits', () => {
    const defaults = { ...DEFAULTS, until: 'today', volume: DEFAULTS.dailyVolume };
    for (const name of Object.keys(DEFAULTS).filter((key) => key !== 'dailyVolume')) {
      const line = new RegExp(`^ {2}--${name} .*$`, 'm').exec(USAGE)?.[0];
      assert.ok(line, name);
      const value = defaults[name as keyof typeof defaults];
      if (typeof value !== 'boolean' && value !== undefined) {
        assert.match(line, new RegExp(`\\(default: ${value}\\b`), name);
      }
      const range = /(\d+) to (\d+)/.exec(line);
      if (!range) continue;
      const [least, most] = [Number(range[1]), Number(range[2])];
      parse(`--${name} ${least}`);
      parse(`--${name} ${most}`);
      assert.throws(() => parse(`--${name} ${least - 1}`), UsageError);
      assert.throws(() => parse(`--${name} ${most + 1}`), UsageError);
    }
    assert.match(USAGE, /^ {2}--volume N .*\(default: 2100\)$/m);
  });

  it('are refused where there is no such one', () => {
    refuses('--frob', "Unknown option '--frob'.");
    refuses('-x', "Unknown option '-x'.");
    refuses('once', "Unexpected argument 'once'.");
    refuses('--once=yes', "Option '--once' does not take an argument.");
    refuses('--days', "Option '--days <value>' argument missing.");
  });

  it('are refused where a number is none, or too small or large', () => {
    for (const text of ['x', '', '59', '731', '90.5', '9e1', '0x5a', '-90', ' 90', 'NaN']) {
      refuses([`--days=${text}`], `--days ${text} must be a whole number from 60 to 730.`);
    }
    refuses('--volume 99', '--volume 99 must be a whole number from 100 to 20000.');
    refuses(['--seed='], '--seed  must be a whole number from 0 to 2147483648.');
    refuses('--checkouts 0', '--checkouts 0 must be a whole number from 1 to 100000.');
    refuses('--port 0', '--port 0 must be a whole number from 1 to 65535.');
  });

  it('are refused where a date is none', () => {
    for (const text of [
      'x',
      '',
      '2026-02-30',
      '2027-02-29',
      '2026-13-01',
      '2026-1-1',
      '20260101',
    ]) {
      refuses([`--until=${text}`], `--until ${text} is no date: write YYYY-MM-DD.`);
    }
  });

  it('are refused where portfolio and data do not fit', () => {
    refuses('--portfolio nope', 'There is no portfolio "nope": --portfolio is bnpl or cards.');
    refuses(
      '--portfolio ../sql/bnpl --data a.csv',
      'There is no portfolio "../sql/bnpl": --portfolio is bnpl or cards.',
    );
    refuses('--data a.csv', 'bnpl is simulated: leave out --data, or name another --portfolio.');
    refuses('--portfolio cards', 'The portfolio "cards" needs its data: add --data FILE.');
    refuses(['--portfolio', 'cards', '--data='], '--data is empty: write a path.');
    refuses(['--directory='], '--directory is empty: write a path.');
  });
});
