import type { FaceSettings } from '../index.ts';

export const FACE: FaceSettings = {
  name: { en: 'Companion', ar: 'رفيق' },
  welcome: { en: 'Hello! How can I help?', ar: 'مرحبًا! كيف يمكنني مساعدتك؟' },
  about: {
    en: 'A companion to talk with, about anything. If you would rather talk to a person, just say so.',
    ar: 'رفيق تتحدث معه عمّا تشاء. وإن كنت تفضّل التحدث مع شخص، فقط قل ذلك.',
  },
  suggestions: [
    { en: 'What can you do?', ar: 'ماذا يمكنك أن تفعل؟' },
    { text: { en: 'Help me plan my week', ar: 'ساعدني في تنظيم أسبوعي' }, needsModel: true },
    { en: 'What is Statechat?', ar: 'ما هو Statechat؟' },
    { en: 'I would like to talk to a person', ar: 'أريد التحدث مع شخص' },
  ],
};
