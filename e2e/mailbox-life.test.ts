import { afterAll, beforeAll, describe } from 'vitest';
import { accountLife } from './mailbox-life/account-life';
import { readingDetails } from './mailbox-life/reading-details';
import { syncStates } from './mailbox-life/sync-states';
import { bootWorld, type World } from './mailbox-life/world';

/** One host for three subjects: starting NocoBase takes longer than most of these tests. */
describe('the life of a mailbox', () => {
  let world: World;
  beforeAll(async () => {
    world = await bootWorld();
  });
  afterAll(async () => {
    await world?.stop();
  });

  describe('in the settings', () => accountLife(() => world));
  describe('in a message', () => readingDetails(() => world));
  describe('in the strips above the list', () => syncStates(() => world));
});
