/**
 * Lets everything else that waits in this process have a turn before a long computation goes on. A host that serves
 * pages from the same thread would otherwise stand still while a batch of messages is read.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
