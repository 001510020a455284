/** What the web channel says of assistants to pages. */
import { expect, it } from 'vitest';
import { companion } from '#assistants/companion/assistant.ts';
import { defineAssistant } from '#assistants/index.ts';
import { assistantFaces } from '#src/web/assistant-faces.ts';
import { webHarness } from './harness.ts';

const { faces, imageOrigins } = assistantFaces({
  assistants: [
    companion,
    defineAssistant({ name: 'staff', prompt: 'Help staff.', face: { listed: false, avatar: 'https://cdn.example.com/staff.png' } }),
  ],
  bindings: [{ name: 'feedback', definitions: [] }],
  defaultName: 'companion',
  offline: true,
});

it('lists those that are not left out, in the language that is asked for', async () => {
  await using web = await webHarness({ faces });
  const list = async (path: string) => (await web.call('GET', path)).json();
  expect((await list('/assistants')).assistants.map(({ name }: { name: string }) => name)).toEqual(['Companion', 'Feedback']);
  expect((await list('/assistants?lang=ar-EG')).assistants[0].name).toBe('رفيق');
});

it('gives the face of one by its name, listed or not, and of the one that answers by default', async () => {
  await using web = await webHarness({ faces });
  expect(await (await web.call('GET', '/assistants/staff')).json()).toMatchObject({ assistant: 'staff', name: 'Staff' });
  expect(await (await web.call('GET', '/assistant')).json()).toMatchObject({ assistant: 'companion' });
  expect(imageOrigins).toEqual(['https://cdn.example.com']);
});

it.each([
  ['/assistants/nobody', 404, 'unknown_assistant'],
  [`/assistants/${encodeURIComponent('<b>')}`, 404, 'unknown_assistant'],
  ['/assistants?lang=1', 400, 'invalid_input'],
  ['/assistants?lang=en&lang=ar', 400, 'invalid_input'],
])('answers %s with %i', async (path, status, code) => {
  await using web = await webHarness({ faces });
  const response = await web.call('GET', path);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ code });
});
