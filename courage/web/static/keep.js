// What a bookmark or a share brought waits here, in this browser's own tab, until the desk's page takes it: the page that
// asks for the login would lose it. The part of an address behind the # is sent to no server.
{
  const brought = document.getElementById("brought");
  if (location.hash.startsWith("#text=") || location.hash.startsWith("#link=")) {
    sessionStorage.setItem("courage-brought", location.hash.slice(1));
  } else if (brought) {
    const { text, link } = brought.dataset;
    sessionStorage.setItem("courage-brought", new URLSearchParams({ text, link }).toString());
    brought.remove();
  }
}
