import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  misunderstood,
  readCommandLine,
  UsageError,
} from '../../../shared/commands/command_line.ts';

describe('a command line', () => {
  const options = { by: { type: 'string' }, off: { type: 'boolean' } } as const;

  it('is options by name, and words in their order', () => {
    const { values, positionals } = readCommandLine(['kill', '--off', 'bnpl', '--by=Ada'], options);
    assert.deepEqual({ ...values }, { off: true, by: 'Ada' });
    assert.deepEqual(positionals, ['kill', 'bnpl']);
  });

  it('is refused where an option is unknown, lacks its value or has one too many', () => {
    for (const given of [['--of'], ['--by'], ['--off=yes']]) {
      assert.throws(() => readCommandLine(given, options), UsageError, given.join());
    }
  });

  it('that was not understood ends with 2, says why, and how it is written', () => {
    assert.deepEqual(misunderstood(new UsageError('Say who.'), 'usage: …'), {
      text: 'Say who.\n\nusage: …',
      code: 2,
    });
    for (const command of ['model', 'replay', 'republish']) {
      const run = spawnSync(process.execPath, [`shared/commands/${command}.ts`, '--sing'], {
        encoding: 'utf8',
      });
      assert.equal(run.status, 2, command);
      assert.match(
        run.stderr,
        new RegExp(`^Unknown option '--sing'[^]*usage: npm run ${command} `),
      );
      assert.equal(run.stdout, '');
    }
  });
});
