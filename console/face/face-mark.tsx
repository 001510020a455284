/** Avatar of an assistant. It is decorative. The name beside it has the meaning. */
import type { ReactNode } from 'react';
import { BubbleMark } from '../chat/icons.tsx';
import type { Face } from './face.ts';

export function FaceMark({ face }: { face: Face | undefined }): ReactNode {
  if (face === undefined) return <BubbleMark />;
  if ('image' in face.avatar) return <img className="face-image" src={face.avatar.image} alt="" referrerPolicy="no-referrer" />;
  return (
    <span className="face-text" aria-hidden="true">
      {face.avatar.text}
    </span>
  );
}
