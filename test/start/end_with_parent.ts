/**
 * Loaded first into every process of a start: it ends when that start is gone, however it ended.
 * https://nodejs.org/api/process.html#event-disconnect
 */
process.once('disconnect', () => {
  // Nobody reads what it says from now on: a broken pipe may not keep it from ending in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.kill(process.pid, 'SIGTERM');
});
// It does not keep a process up that has nothing else to do.
process.channel?.unref();
