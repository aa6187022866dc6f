import { expect, test } from 'vitest';
import { SPECIMENS } from '../../seed/specimens';
import { ANN, createTestGraph } from './test-graph';

test.each(Object.keys(SPECIMENS))('the specimen %s is delivered, read, listed and counted', async (name) => {
  const g = createTestGraph();
  const { id } = g.control.deliverSpecimen({ account: ANN, name });
  const spoilt = g.planned.length > 0;
  const answer = await g.raw('GET', `/me/messages/${id}?$expand=attachments($select=id,name)`);
  expect(answer.status).toBe(200);
  if (!spoilt) {
    const json = JSON.parse(answer.body.toString());
    expect(json.id).toBe(id);
    expect(json.receivedDateTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(typeof json.body.content).toBe('string');
  }
  expect((await g.raw('GET', `/me/messages/${id}/$value`)).status).toBe(200);
  const listed = await g.all('/me/mailFolders/inbox/messages/delta?$select=subject,from,bodyPreview');
  expect(listed.items.map((i) => i.id)).toEqual([id]);
  expect(Object.keys(g.control.truth({ account: ANN }).messages)).toEqual([id]);
});

test('every specimen name is known, and no other', () => {
  const g = createTestGraph();
  expect(g.control.specimenNames()).toEqual(Object.keys(SPECIMENS));
  expect(() => g.control.deliverSpecimen({ account: ANN, name: 'toString' })).toThrow('There is no specimen');
});
