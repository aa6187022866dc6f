import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrganiseOp } from '../../model/operation';
import { gmailWorld } from '../testing/gmail-world';
import { CrashError } from '../testing/in-memory-store';
import { ACCOUNT, settle, type SyncNode } from '../testing/world';

const RUNS = Number(process.env['CAMPAIGN_RUNS'] ?? 15);
const SEED = Number(process.env['CAMPAIGN_SEED'] ?? 20_261_122);
const MINUTE = 60_000;

const count = fc.integer({ min: 1, max: 5 });
const which = fc.nat({ max: 200 });
const method = fc.constantFrom('messages.list', 'messages.get', 'threads.get', 'history.list', 'labels.list', 'batch');
const kind = fc.constantFrom(
  'status',
  'drop',
  'cut',
  'reset',
  'malformed',
  'duplicatePage',
  'reorderPage',
  'statusAfterWork',
);
const event = fc.constantFrom(
  'newMail',
  'markRead',
  'markUnread',
  'star',
  'archive',
  'trash',
  'untrash',
  'deleteForever',
);
const op = fc.constantFrom<OrganiseOp>('markRead', 'markUnread', 'star', 'unstar', 'archive', 'trash', 'untrash');

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('event' as const), event, count }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('move' as const), count, to: fc.constantFrom('One', 'Two') }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('draft' as const), again: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('dropLabel' as const), name: fc.constantFrom('One', 'Two') }) },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('click' as const), which, op }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('slice' as const), budget: fc.constantFrom(200, 5_000) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('accident' as const), method, kind, times: count }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('throttle' as const), seconds: fc.nat({ max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('crash' as const), write: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.constant({ what: 'expire' as const }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.nat({ max: 20 * MINUTE }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class GmailCampaign {
  readonly world = gmailWorld({ messages: 80, syncFromDays: null });
  #node: SyncNode = this.world.node;
  #nodes = 1;
  #draftId: string | undefined;

  newNode(): SyncNode {
    this.#nodes += 1;
    return (this.#node = this.world.nodeNamed(`node-${this.#nodes}`));
  }

  async take(step: Step): Promise<void> {
    const { world } = this;
    const { control, store, account } = world;
    switch (step.what) {
      case 'event':
        control[step.event as 'newMail']({ account, count: step.count });
        return;
      case 'move':
        control.move({ account, count: step.count, to: step.to });
        return;
      case 'draft': {
        const draftId = step.again ? this.#draftId : undefined;
        this.#draftId = control.saveDraft({ account, ...(draftId === undefined ? {} : { draftId }) }).draftId;
        return;
      }
      case 'dropLabel': {
        const label = Object.entries(control.truth({ account }).labels).find(([, name]) => name === step.name);
        if (label) control.deleteLabel({ account, id: label[0] });
        return;
      }
      case 'click': {
        const rows = store.snapshot(ACCOUNT).messages.filter((row) => !row.hidden && !row.isDraft);
        const row = rows[step.which % Math.max(1, rows.length)];
        if (row) world.click(row.remoteId, step.op);
        return;
      }
      case 'slice':
        try {
          await this.#node.slice(step.budget);
        } catch (error) {
          if (!(error instanceof CrashError)) throw error;
        }
        if (store.dead) {
          store.revive();
          this.newNode();
        }
        return;
      case 'accident':
        control.accident({ kind: step.kind, method: step.method, times: step.times, status: 503 });
        return;
      case 'throttle':
        control.throttle({ account, seconds: step.seconds });
        return;
      case 'crash':
        store.crashAt = { write: store.writes + step.write, when: step.write % 2 === 0 ? 'before' : 'after' };
        return;
      case 'expire':
        return control.expireHistory({ account });
      case 'wait':
        return world.clock.advance(step.ms);
    }
  }

  async finalWord(): Promise<string[]> {
    const { world } = this;
    world.control.clearAccidents();
    world.store.revive();
    const node = this.newNode();
    for (let poll = 0; poll < 2; poll += 1) {
      await settle(node, world.clock, 1_000);
      world.clock.advance(MINUTE);
    }
    if (world.store.snapshot(ACCOUNT).work.some((work) => work.status === 'quarantined')) {
      world.settings.resync = 'after the storm';
      await settle(node, world.clock, 1_000);
    }
    return world.wrong();
  }
}

describe('a campaign of accidents with Gmail', () => {
  it('leaves rows that differ from the truth', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
        const campaign = new GmailCampaign();
        for (const one of steps) await campaign.take(one);
        expect(await campaign.finalWord()).toEqual([]);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
