import { describe, expect, it } from 'vitest';
import { outlookWorld } from '../testing/outlook-world';

describe('a first sync of Outlook', () => {
  it('leaves rows that differ from the truth', async () => {
    const world = outlookWorld({ messages: 150 });
    expect((await world.settle()).status).toBe('idle');
    expect(world.wrong()).toEqual([]);
  });
});
