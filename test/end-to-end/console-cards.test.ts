/**
 * Places, contacts, buttons, requests for the location and reactions, from an agent's console to
 * the visitor's page and back, in Chromium.
 */
import { expect, it } from 'vitest';
import { violations } from '#test/accessibility.ts';
import { agentAndVisitor, composer, send } from './agent-and-visitor.ts';
import { PATIENCE } from './running-app.ts';

const pages = agentAndVisitor();

const MAP = 'https://www.google.com/maps/search/?api=1&query=30.0444%2C31.2357';
const CAIRO = { latitude: 30.0444, longitude: 31.2357 };
const QUESTION = 'أين المكتب؟';
const visiting = () => pages.visitor([QUESTION], { geolocation: CAIRO, permissions: ['geolocation'] });

it('an agent sends a place, asks where the customer is, reacts and takes it back, and an Arabic visitor sees it all', async () => {
  const visitor = await visiting();
  const agent = await pages.agent(QUESTION);

  // The menu by keyboard, with its focus.
  const add = agent.getByRole('button', { name: 'Add', exact: true });
  const item = (name: string) => agent.getByRole('menuitem', { name, exact: true });
  const hasFocus = (name: string) => expect.poll(() => item(name).evaluate((one) => one === document.activeElement), PATIENCE).toBe(true);
  await add.focus();
  await agent.keyboard.press('ArrowDown');
  await hasFocus('File');
  await agent.keyboard.press('ArrowUp');
  await hasFocus('Ask for location');
  expect(await violations(agent)).toEqual([]);
  await agent.keyboard.press('Escape');
  await item('File').waitFor({ state: 'detached' });
  await expect.poll(() => add.evaluate((button) => button === document.activeElement), PATIENCE).toBe(true);

  // A place, with what is wrong beside its field. Escape leaves it, and the focus goes back.
  await add.click();
  await item('Place').click();
  await agent.keyboard.press('Escape');
  await agent.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(() => add.evaluate((button) => button === document.activeElement), PATIENCE).toBe(true);
  await add.click();
  await item('Place').click();
  const where = agent.getByLabel('Coordinates or Google Maps link');
  await where.fill('Tower A');
  await agent.keyboard.press('Enter');
  await agent.getByRole('dialog').getByText('No place found.').waitFor();
  expect(await where.getAttribute('aria-invalid')).toBe('true');
  expect(await violations(agent)).toEqual([]);
  await where.fill('https://www.google.com/maps/place/Tower/@30.1,31.3,17z/data=!3m1!8m2!3d30.0444!4d31.2357');
  await agent.getByLabel('Name of the place').fill('البرج أ');
  await agent.keyboard.press('Enter');
  const chip = agent.locator('.attachment[data-card]');
  await chip.getByText('Place: البرج أ').waitFor();
  await expect.poll(() => composer(agent).evaluate((field) => field === document.activeElement), PATIENCE).toBe(true);
  // It is a part of the draft, and can be removed.
  await agent.reload();
  await chip.getByText('البرج أ').waitFor();
  await composer(agent).fill('نحن هنا');
  expect(await violations(agent)).toEqual([]);
  await send(agent);
  await chip.waitFor({ state: 'detached' });
  expect(
    await agent
      .locator('.message')
      .getByRole('link', { name: /البرج أ/ })
      .getAttribute('href'),
  ).toBe(MAP);
  const place = visitor.getByRole('link', { name: /البرج أ/ });
  await place.waitFor();
  expect(await place.getAttribute('href')).toBe(MAP);
  await visitor.locator('.row .markdown').getByText('نحن هنا', { exact: true }).waitFor();
  expect(await violations(visitor)).toEqual([]);

  // A reaction, also after a reload, and no more once it is taken back.
  const asked = agent.locator('.message[data-author="customer"]').filter({ hasText: 'أين المكتب؟' });
  const react = asked.getByRole('button', { name: 'React' });
  await react.focus();
  await agent.keyboard.press('Enter');
  await asked.getByRole('button', { name: '👍' }).waitFor();
  expect(await violations(agent)).toEqual([]);
  await agent.keyboard.press('Tab');
  await agent.keyboard.press('Enter');
  const shown = visitor.locator('.row[data-author="customer"] .reaction');
  await shown.getByText('❤️', { exact: true }).waitFor();
  await asked.locator('.reaction').getByText('❤️', { exact: true }).waitFor();
  expect(await react.evaluate((button) => button === document.activeElement)).toBe(true);
  await visitor.reload();
  await shown.getByText('❤️', { exact: true }).waitFor();
  expect(await violations(visitor)).toEqual([]);
  await react.click();
  expect(await asked.getByRole('button', { name: '❤️' }).getAttribute('aria-pressed')).toBe('true');
  await asked.getByRole('button', { name: '❤️' }).click();
  await asked.locator('.reaction').waitFor({ state: 'detached' });
  await shown.waitFor({ state: 'detached' });
  await visitor.reload();
  await place.waitFor();
  expect(await shown.count()).toBe(0);

  // The request has words in the customer's language, and its answer is on the map.
  await add.click();
  await item('Ask for location').click();
  await expect.poll(() => composer(agent).inputValue(), PATIENCE).toBe('أين أنت الآن؟ من فضلك أرسل لي موقعك.');
  await send(agent);
  await visitor.getByRole('button', { name: 'إرسال موقعي' }).click();
  const answer = agent.locator('.message[data-author="customer"]').getByRole('link', { name: /30\.0444, 31\.2357/ });
  await answer.waitFor();
  expect(await answer.getAttribute('href')).toBe(MAP);
  expect(await violations(agent)).toEqual([]);
});

it('an agent with a phone in Arabic adds a contact and a button, one at a time, and text above the button', async () => {
  const visitor = await visiting();
  // The form to join is in English, as `join` reads it.
  const agent = await pages.agentOnPhone(QUESTION);
  const add = agent.getByRole('button', { name: 'إضافة', exact: true });
  await add.click();
  expect(await violations(agent)).toEqual([]);
  await agent.getByRole('menuitem', { name: 'جهة اتصال' }).click();
  await agent.getByLabel('الاسم', { exact: true }).fill('نور عادل');
  await agent.getByLabel('الهاتف', { exact: true }).fill('٠١٠٠ ١٢٣ ٤٥٦٧');
  await agent.getByRole('button', { name: 'إضافة إلى الرد' }).click();
  await agent.locator('.attachment[data-card]').getByText('نور عادل').waitFor();
  await send(agent);
  await visitor.getByRole('link', { name: '0100 123 4567' }).waitFor();

  await add.click();
  await agent.getByRole('menuitem', { name: 'زر رابط' }).click();
  await agent.getByRole('button', { name: 'إضافة إلى الرد' }).click();
  await agent.getByText('هذا الحقل مطلوب.').first().waitFor();
  expect(await violations(agent)).toEqual([]);
  await agent.getByLabel('نص الزر').fill('اعرض المخطط');
  await agent.getByLabel('العنوان الذي يفتحه').fill('example.com/plan');
  await agent.getByRole('button', { name: 'إضافة إلى الرد' }).click();
  await agent.getByText('اكتب ما يقرؤه العميل فوق الزر.').waitFor();
  expect(await agent.getByRole('button', { name: 'إرسال', exact: true }).isDisabled()).toBe(true);
  await composer(agent).fill('هذا هو المخطط');
  await send(agent);
  expect(await visitor.getByRole('link', { name: /اعرض المخطط/ }).getAttribute('href')).toBe('https://example.com/plan');
  expect(await violations(agent)).toEqual([]);
});
