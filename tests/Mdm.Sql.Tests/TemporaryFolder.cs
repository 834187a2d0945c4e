namespace Mdm.Sql.Tests;

internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mdm-sql-");

    public string Path => _directory.FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public SqlStoreAddress Store(string name = "store.db") => SqlStoreAddress.Parse("sqlite:" + name, Path);

    public void Dispose() => _directory.Delete(recursive: true);
}
