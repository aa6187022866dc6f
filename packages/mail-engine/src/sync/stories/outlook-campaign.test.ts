import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrganiseOp } from '../../model/operation';
import { CrashError } from '../testing/in-memory-store';
import { outlookWorld } from '../testing/outlook-world';
import { ACCOUNT, settle, type SyncNode } from '../testing/world';

const RUNS = Number(process.env['CAMPAIGN_RUNS'] ?? 15);
const SEED = Number(process.env['CAMPAIGN_SEED'] ?? 20_261_122);
const MINUTE = 60_000;

const count = fc.integer({ min: 1, max: 5 });
const which = fc.nat({ max: 200 });
const folder = fc.constantFrom('inbox', 'archive', 'deleteditems', 'junkemail', 'One', 'One/Below', 'Two');
const method = fc.constantFrom(
  'messages.list',
  'messages.get',
  'messages.delta',
  'mailFolders.delta',
  'mailFolders.get',
  'masterCategories.list',
  'attachments.list',
  'messages.update',
  'messages.move',
  'batch',
);
const kind = fc.constantFrom(
  'status',
  'drop',
  'cut',
  'reset',
  'malformed',
  'duplicatePage',
  'reorderPage',
  'statusAfterWork',
  'foreignLink',
);
const event = fc.constantFrom('markRead', 'markUnread', 'flag', 'archive', 'trash', 'restore', 'moveThereAndBack');
const op = fc.constantFrom<OrganiseOp>(
  'markRead',
  'markUnread',
  'star',
  'unstar',
  'archive',
  'trash',
  'untrash',
  'addLabel',
  'removeLabel',
);

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('event' as const), event, count, folder }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('mail' as const), count, folder }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('move' as const), count, from: folder, to: folder }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('deleteForever' as const), count, folder }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('categorise' as const), count, name: fc.constantFrom('Red', 'Own') }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('draft' as const), again: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('folder' as const),
      how: fc.constantFrom('rename', 'delete', 'deleteForever', 'moveBelow'),
      name: fc.constantFrom('One', 'One/Below', 'Two'),
    }),
  },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('click' as const), which, op }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('slice' as const), budget: fc.constantFrom(200, 5_000) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('accident' as const), method, kind, times: count }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('throttle' as const), seconds: fc.nat({ max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('crash' as const), write: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('expire' as const), folder: fc.option(folder, { nil: undefined }) }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.nat({ max: 20 * MINUTE }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class OutlookCampaign {
  readonly world: ReturnType<typeof outlookWorld>;
  #node: SyncNode;
  #nodes = 1;
  #draftId: string | undefined;

  constructor(updates: 'live' | 'changed') {
    this.world = outlookWorld({ messages: 80, syncFromDays: null, switches: { deltaUpdates: updates } });
    this.#node = this.world.node;
  }

  newNode(): SyncNode {
    this.#nodes += 1;
    return (this.#node = this.world.nodeNamed(`node-${this.#nodes}`));
  }

  has(path: string): boolean {
    const { world } = this;
    try {
      world.mail.move({ account: world.account, folder: path, count: 0, to: 'inbox' });
      return true;
    } catch {
      return false;
    }
  }

  async take(step: Step): Promise<void> {
    const { world } = this;
    const { control, mail, store, account } = world;
    if ('folder' in step && step.folder !== undefined && !this.has(step.folder)) return;
    switch (step.what) {
      case 'event':
        mail[step.event]({ account, count: step.count, folder: step.folder });
        return;
      case 'mail':
        mail.newMail({ account, count: step.count, folder: step.folder });
        return;
      case 'move':
        if (this.has(step.from)) mail.move({ account, count: step.count, folder: step.from, to: step.to });
        return;
      case 'deleteForever':
        mail.deleteForever({ account, count: step.count, folder: step.folder });
        return;
      case 'categorise':
        mail.categorise({ account, count: step.count, add: [step.name] });
        return;
      case 'draft': {
        const id = step.again ? this.#draftId : undefined;
        if (id !== undefined && !Object.hasOwn(mail.truth({ account }).messages, id)) return;
        this.#draftId = mail.saveDraft({ account, ...(id === undefined ? {} : { id }) }).id;
        return;
      }
      case 'folder': {
        if (!this.has(step.name)) return;
        if (step.how === 'rename') mail.renameFolder({ account, folder: step.name, name: `Renamed ${this.#nodes++}` });
        else if (step.how === 'moveBelow') {
          if (step.name !== 'Two' && this.has('Two')) mail.moveFolder({ account, folder: step.name, to: 'Two' });
        } else mail.deleteFolder({ account, folder: step.name, forever: step.how === 'deleteForever' });
        return;
      }
      case 'click': {
        const rows = store.snapshot(ACCOUNT).messages.filter((row) => !row.hidden && !row.isDraft);
        const row = rows[step.which % Math.max(1, rows.length)];
        if (row) world.click(row.remoteId, step.op, step.op.endsWith('Label') ? 'category:Red' : null);
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
        return mail.expireDelta({ account, ...(step.folder === undefined ? {} : { folder: step.folder }) });
      case 'wait':
        return world.clock.advance(step.ms);
    }
  }

  async finalWord(): Promise<string[]> {
    const { world } = this;
    world.control.clearAccidents();
    world.store.revive();
    const node = this.newNode();
    for (let poll = 0; poll < 3; poll += 1) {
      await settle(node, world.clock, 1_000);
      world.clock.advance(5 * MINUTE);
    }
    if (world.store.snapshot(ACCOUNT).work.some((work) => work.status === 'quarantined')) {
      world.settings.resync = 'after the storm';
      await settle(node, world.clock, 1_000);
    }
    return world.wrong();
  }
}

describe('a campaign of accidents with Outlook', () => {
  it.each(['live', 'changed'] as const)('leaves rows that differ from the truth (%s updates)', async (updates) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
        const campaign = new OutlookCampaign(updates);
        for (const one of steps) await campaign.take(one);
        expect(await campaign.finalWord()).toEqual([]);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
