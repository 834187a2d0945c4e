namespace Mdm.TestPlugins.PrivateLibrary;

/// <summary>Tells which of the two releases was loaded.</summary>
public static class Release
{
    public static string Name => "release 2";
}
