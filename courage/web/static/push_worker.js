// Shows how many cases wait, when the desk is closed. It holds no page back and keeps nothing.
addEventListener("push", (event) => {
  const told = event.data?.json();
  if (!told) return;
  const { title, body, lang, dir, tag, url } = told;
  event.waitUntil(registration.showNotification(title, { body, lang, dir, tag, data: { url } }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = new URL(event.notification.data.url);
  if (to.origin !== location.origin) return; // the desk moved: its address is in the next notice
  const open = async () => {
    const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = pages.find((page) => page.url === to.href);
    await (there ? there.focus() : clients.openWindow(to.href));
  };
  event.waitUntil(open());
});
