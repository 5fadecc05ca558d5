/** `npm run bench [training|score|kernel|shap|start|world]`: figures as ratios, each against a rival in the same run. */
import { benchKernel, describeKernel } from './kernel.ts';
import { benchScore, describeScore } from './score.ts';
import { benchShap, describeShap } from './shap.ts';
import { benchStart, describeStart } from './start.ts';
import { benchTraining, describeTraining, USUAL } from './training.ts';
import { benchWorld, describeWorld } from './world.ts';

const BENCHES: Readonly<Record<string, () => Promise<string>>> = {
  training: async () => describeTraining(USUAL, await benchTraining(USUAL)),
  score: async () => describeScore(await benchScore(() => {})),
  kernel: async () => describeKernel(await benchKernel()),
  shap: async () => describeShap(await benchShap()),
  start: async () => describeStart(await benchStart()),
  world: async () => describeWorld(await benchWorld()),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(
    `There is no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`,
  );
  process.exitCode = 1;
} else {
  for (const name of asked.length > 0 ? asked : Object.keys(BENCHES)) {
    console.log(`${await BENCHES[name]!()}\n`);
  }
}
