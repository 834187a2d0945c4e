namespace Mdm.Sql;

/// <summary>The database behind a store: opens connections as one kind of database needs it.</summary>
internal interface ISessionSource : IDisposable
{
    /// <summary>The file, or the server's database and namespace, as messages name it.</summary>
    string Name { get; }

    /// <summary>Connections that read at the same time.</summary>
    int MaxReaders { get; }

    /// <summary>How long work waits for connections that were lost, and is done then.</summary>
    TimeSpan RetryFor { get; }

    SqlSession OpenWriter();

    SqlSession OpenReader();

    /// <summary>What is there, in a line for an operator.</summary>
    string Describe(SqlSession session);
}
