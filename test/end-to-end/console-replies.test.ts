/**
 * Messages that answer a certain one, from an agent's console to the visitor's page and back, in
 * Chromium.
 */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { violations } from '#test/accessibility.ts';
import { agentAndVisitor, composer, send } from './agent-and-visitor.ts';
import { PATIENCE } from './running-app.ts';

const pages = agentAndVisitor();

const FIRST = 'أين المكتب؟';
const SECOND = 'ومتى تفتحون؟';

const visiting = () => pages.visitor([FIRST, SECOND]);
const answered = (page: Page) => page.locator('.answered .quote');
const isFocused = (one: Element): boolean => one === document.activeElement;

/** Of the composer's field, as a screen reader says it. */
function description(page: Page): Promise<string> {
  return composer(page).evaluate((field) =>
    (field.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '')
      .join(' '),
  );
}

it('an agent answers a message, drops that and does it again, and the visitor answers the answer', async () => {
  const visitor = await visiting();
  const agent = await pages.agent(SECOND);
  const message = (text: string) =>
    agent.locator('.message:not([data-author="note"])').filter({ has: agent.locator('.bubble', { hasText: text }) });
  const reply = (text: string) => message(text).getByRole('button', { name: 'Reply to this message' });

  // By keyboard. Escape drops it, and the focus stays in the field.
  await reply(FIRST).focus();
  await agent.keyboard.press('Enter');
  await answered(agent).getByText(FIRST).waitFor();
  await expect.poll(() => composer(agent).evaluate(isFocused), PATIENCE).toBe(true);
  expect(await description(agent)).toContain(`Replying to Customer ${FIRST}`);
  expect(await violations(agent)).toEqual([]);
  await agent.keyboard.press('Escape');
  await answered(agent).waitFor({ state: 'detached' });
  expect(await composer(agent).evaluate(isFocused)).toBe(true);
  expect(await description(agent)).not.toContain(FIRST);
  await reply(SECOND).click();
  await answered(agent).getByText(SECOND).waitFor();
  await agent.getByRole('button', { name: 'Reply to no particular message' }).click();
  await answered(agent).waitFor({ state: 'detached' });

  // It is a part of the draft.
  await reply(FIRST).click();
  await composer(agent).fill('في **البرج**');
  await agent.reload();
  await answered(agent).getByText(FIRST).waitFor();
  await send(agent);
  await answered(agent).waitFor({ state: 'detached' });
  const ours = message('في البرج');
  await ours.locator('.quote').getByText(FIRST).waitFor();
  await visitor.locator('.row[data-author="agent"] .quote').getByText(FIRST).waitFor();
  expect(await violations(agent)).toEqual([]);
  expect(await violations(visitor)).toEqual([]);

  // A press on the quote leads to what was answered.
  await ours.locator('.quote').click();
  await expect.poll(() => message(FIRST).evaluate(isFocused), PATIENCE).toBe(true);
  await visitor.locator('.row[data-author="agent"] .quote').click();
  const asked = visitor.locator('.row[data-author="customer"]').filter({ hasText: FIRST }).first();
  expect(await asked.evaluate(isFocused)).toBe(true);

  // The visitor answers it, after Escape and again.
  const back = visitor.locator('.row[data-author="agent"]').getByRole('button', { name: 'الرد على هذه الرسالة' });
  await back.click();
  await visitor.locator('.answered').getByText('في البرج').waitFor();
  expect(await violations(visitor)).toEqual([]);
  await visitor.keyboard.press('Escape');
  await visitor.locator('.answered').waitFor({ state: 'detached' });
  await back.click();
  await visitor.locator('textarea').fill('شكرًا');
  await visitor.keyboard.press('Enter');
  await visitor.locator('.row[data-author="customer"] .quote').getByText('في البرج').waitFor();
  await visitor.locator('.answered').waitFor({ state: 'detached' });
  await message('شكرًا').locator('.quote').getByText('في البرج').waitFor();
  await visitor.reload();
  await visitor.locator('.row[data-author="customer"] .quote').getByText('في البرج').waitFor();

  // An agent answers a message of ours too.
  await reply('في البرج').click();
  await answered(agent).getByText('في البرج').waitFor();
  await composer(agent).fill('الطابق الثالث');
  await send(agent);
  await visitor.locator('.row[data-author="agent"]').filter({ hasText: 'الطابق الثالث' }).locator('.quote').getByText('في البرج').waitFor();
});

it('an agent with a phone in Arabic answers a message, in the dark', async () => {
  const visitor = await visiting();
  // The form to join is in English, as `join` reads it.
  const agent = await pages.agentOnPhone(SECOND);
  const asked = agent.locator('.message[data-author="customer"]').filter({ hasText: FIRST });
  await asked.getByRole('button', { name: 'الرد على هذه الرسالة' }).tap();
  await answered(agent).getByText(FIRST).waitFor();
  expect(await violations(agent)).toEqual([]);
  expect(await agent.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await composer(agent).fill('في البرج');
  await send(agent);
  await agent.locator('.message[data-author="agent"] .quote').getByText(FIRST).first().waitFor();
  await visitor.locator('.row[data-author="agent"] .quote').getByText(FIRST).waitFor();
  expect(await violations(agent)).toEqual([]);
});
