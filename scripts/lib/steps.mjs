/** Prints a step's name and expected duration, runs it, prints what it took. `minutes` is for a machine with two cores. */
export async function step(name, minutes, action) {
  const expected = minutes < 1 ? `${Math.max(1, Math.round(minutes * 60))} s` : `${minutes} min`;
  console.log(`▸ ${name} (about ${expected}) …`);
  const started = performance.now();
  const result = await action();
  console.log(`  done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

/** Runs a script's main function; a failure is one sentence (the stack only with DEBUG set) and exit code 1. */
export async function main(run) {
  // Leaving through process.exit ends what was started, which a signal's default action would not do.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  try {
    await run();
  } catch (error) {
    console.error(process.env.DEBUG ? error : `\n${error.message}`);
    process.exitCode = 1;
  }
}
