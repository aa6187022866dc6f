/**
 * Waits for SIGINT, SIGTERM or the end of one of the processes, then stops all of them in the order given.
 * Throws when a process ended by itself.
 */
export async function keepRunning(processes) {
  const stopped = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.removeAllListeners(signal);
      process.once(signal, () => resolve(undefined));
    }
  });
  const ended = processes.map(({ name, process: child }) => child.exited.then(() => ({ name, child })));
  const first = await Promise.race([stopped, ...ended]);
  console.log(first ? `\n${first.name} ended; stopping …` : '\nStopping …');
  for (const { process: child } of processes) await child.stop();
  if (first) throw new Error(`${first.name} ended by itself. Its log: ${first.child.logFile}`);
  console.log('Stopped.');
}
